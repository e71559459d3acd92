// SPDX-License-Identifier: BSD-2-Clause
// Another exit code from within the exit.
// status: nonzero_exit
// message: Exited with code 4

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		Runtime.getRuntime().addShutdownHook(new Thread(() -> Runtime.getRuntime().halt(4)));
		System.exit(3);
	}
}
