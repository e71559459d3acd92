// SPDX-License-Identifier: BSD-2-Clause
// More than an array can have.
// status: memory_limit
// message: Memory limit exceeded: 256 MB

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		System.out.print(new long[Integer.MAX_VALUE].length);
	}
}
