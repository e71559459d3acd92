// SPDX-License-Identifier: BSD-2-Clause
// The same, wrapped.
// status: memory_limit
// message: Memory limit exceeded: 32 MB
// limits: memory_mb=32

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		try {
			long[][] all = new long[1 << 10][];
			for (int i = 0; i < all.length; i++)
				all[i] = new long[1 << 20];
		} catch (OutOfMemoryError e) {
			throw new IllegalStateException("mine", e);
		}
	}
}
