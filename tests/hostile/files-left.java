// SPDX-License-Identifier: BSD-2-Clause
// Leaves what it can for the next job.
// status: ok
// output: left

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		Files.writeString(Path.of("left"), "x");
		new File("left").setReadable(false);
		new File("dir").mkdir();
		new File("dir").setExecutable(false);
		System.out.print("left");
	}
}
