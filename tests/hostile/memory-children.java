// SPDX-License-Identifier: BSD-2-Clause
// Memory of other processes.
// status: memory_limit
// message: Memory limit exceeded: 32 MB
// limits: memory_mb=32

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		String java = System.getProperty("java.home") + "/bin/java";
		while (true)
			new ProcessBuilder(java, "-XX:TieredStopAtLevel=1", "-Xms24m", "-XX:+AlwaysPreTouch",
				"-cp", System.getProperty("java.class.path"), "jsl.agent.Main", "compile").start();
	}
}
