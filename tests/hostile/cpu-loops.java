// SPDX-License-Identifier: BSD-2-Clause
// Endless loops on many threads.
// status: time_limit
// message: CPU time limit exceeded: 500 ms
// limits: cpu_ms=500

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		for (int i = 0; i < 20; i++)
			new Thread(() -> { while (true); }).start();
	}
}
