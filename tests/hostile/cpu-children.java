// SPDX-License-Identifier: BSD-2-Clause
// Endless loops in processes of its own.
// status: time_limit
// message: CPU time limit exceeded: 2000 ms
// limits: cpu_ms=2000 wall_ms=30000

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		String java = System.getProperty("java.home") + "/bin/java";
		Files.writeString(Path.of("L.java"),
			"class L { public static void main(String[] a) { while (true); } }");
		for (int i = 0; i < 2; i++)
			new ProcessBuilder(java, "-Xmx64m", "L.java").start();
		Thread.sleep(Long.MAX_VALUE);
	}
}
