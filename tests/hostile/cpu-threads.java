// SPDX-License-Identifier: BSD-2-Clause
// 100000 threads.
// status: process_limit
// message: Process limit exceeded: 16
// limits: processes=16

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		for (int i = 0; i < 100000; i++) {
			Thread t = new Thread(() -> {
				try { Thread.sleep(Long.MAX_VALUE); } catch (InterruptedException e) { }
			});
			t.setDaemon(true);
			t.start();
		}
	}
}
