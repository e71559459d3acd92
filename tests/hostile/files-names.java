// SPDX-License-Identifier: BSD-2-Clause
// Names that a log or a shell might stumble over.
// status: ok
// output: 7

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		for (String n : new String[] {"a\nb", "\u001b[2J", "-rf", "$(id)", "`id`", "core", "hs_err_pid1.log"})
			Files.writeString(Path.of("/tmp", n), "x");
		System.out.print(new File("/tmp").list().length);
	}
}
