// SPDX-License-Identifier: BSD-2-Clause
// An endless loop.
// status: time_limit
// message: CPU time limit exceeded: 300 ms
// limits: cpu_ms=300

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		while (true)
			;
	}
}
