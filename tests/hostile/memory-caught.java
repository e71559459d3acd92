// SPDX-License-Identifier: BSD-2-Clause
// Catches what says that the heap is full, for ever.
// status: time_limit
// limits: memory_mb=32 cpu_ms=700

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		List<byte[]> all = new ArrayList<>();
		while (true)
			try { all.add(new byte[1 << 20]); } catch (OutOfMemoryError e) { }
	}
}
