// SPDX-License-Identifier: BSD-2-Clause
// Buffers outside the heap.
// status: memory_limit
// message: Memory limit exceeded: 32 MB
// limits: memory_mb=32

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		List<Object> all = new ArrayList<>();
		while (true)
			all.add(java.nio.ByteBuffer.allocateDirect(1 << 20));
	}
}
