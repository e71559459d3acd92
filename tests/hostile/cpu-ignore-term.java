// SPDX-License-Identifier: BSD-2-Clause
// Handles the signals that ask it to end.
// status: time_limit
// message: CPU time limit exceeded: 300 ms
// limits: cpu_ms=300

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		for (String s : new String[] {"TERM", "XCPU"})
			try { sun.misc.Signal.handle(new sun.misc.Signal(s), x -> { }); }
			catch (IllegalArgumentException e) { }
		while (true)
			;
	}
}
