// SPDX-License-Identifier: BSD-2-Clause
// A program of its own.
// status: exception
// message: Uncaught exception

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		Path own = Path.of("/tmp/own");
		Files.copy(Path.of(System.getProperty("java.home"), "bin", "java"), own);
		new File(own.toString()).setExecutable(true);
		new ProcessBuilder(own.toString()).start();
	}
}
