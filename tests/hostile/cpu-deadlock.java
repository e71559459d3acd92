// SPDX-License-Identifier: BSD-2-Clause
// Two threads that wait for each other.
// status: time_limit
// message: Wall time limit exceeded: 500 ms
// limits: wall_ms=500

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		Object a = new Object(), b = new Object();
		java.util.concurrent.CountDownLatch both = new java.util.concurrent.CountDownLatch(2);
		for (int i = 0; i < 2; i++) {
			Object first = i == 0 ? a : b, second = i == 0 ? b : a;
			new Thread(() -> {
				synchronized (first) {
					both.countDown();
					try { both.await(); } catch (InterruptedException e) { }
					synchronized (second) { System.out.print("?"); }
				}
			}).start();
		}
	}
}
