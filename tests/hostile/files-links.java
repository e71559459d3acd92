// SPDX-License-Identifier: BSD-2-Clause
// Links where somebody might write.
// status: ok
// output: linked

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		for (String n : new String[] {"result", "stdout", "Main.class", "run"})
			Files.createSymbolicLink(Path.of(n), Path.of("/etc/passwd"));
		System.out.print("linked");
	}
}
