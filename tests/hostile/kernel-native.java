// SPDX-License-Identifier: BSD-2-Clause
// Native code of its own.
// status: exception
// message: Uncaught exception

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		Path own = Path.of("/tmp/own.so");
		Files.copy(Path.of(System.getProperty("java.home"), "lib", "libzip.so"), own);
		System.load(own.toString());
	}
}
