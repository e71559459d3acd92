// SPDX-License-Identifier: BSD-2-Clause
// A bomb of processes.
// status: process_limit
// message: Process limit exceeded: 8
// limits: processes=8

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		String java = System.getProperty("java.home") + "/bin/java";
		while (true)
			new ProcessBuilder(java, "-version").start();
	}
}
