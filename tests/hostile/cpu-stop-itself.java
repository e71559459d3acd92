// SPDX-License-Identifier: BSD-2-Clause
// Stops itself by a signal: Java has no such one.
// status: exception
// message: Uncaught exception

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		sun.misc.Signal.raise(new sun.misc.Signal("STOP"));
	}
}
