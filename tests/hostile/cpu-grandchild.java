// SPDX-License-Identifier: BSD-2-Clause
// A child that keeps the output open.
// status: ok
// output: parent

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		String java = System.getProperty("java.home") + "/bin/java";
		Files.writeString(Path.of("S.java"), "class S { public static void main(String[] a)"
			+ " throws Exception { Thread.sleep(1000000); } }");
		new ProcessBuilder(java, "-Xmx64m", "S.java").inheritIO().start();
		System.out.print("parent");
		System.out.flush();
		System.exit(0);
	}
}
