// SPDX-License-Identifier: BSD-2-Clause
// A thread that outlives main.
// status: time_limit
// message: Wall time limit exceeded: 5000 ms
// limits: wall_ms=5000
// output: main

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		new Thread(() -> {
			try { Thread.sleep(Long.MAX_VALUE); } catch (InterruptedException e) { }
		}).start();
		System.out.print("main");
	}
}
