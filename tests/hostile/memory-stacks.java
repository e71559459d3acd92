// SPDX-License-Identifier: BSD-2-Clause
// Deep stacks on many threads.
// status: memory_limit
// message: Memory limit exceeded: 16 MB
// limits: memory_mb=16

public class Main {
	public static void main(String[] args) {
		for (int i = 0; i < 40; i++)
			new Thread(null, Main::deep, "deep", 8 << 20).start();
	}

	static void deep() {
		try { down(); } catch (StackOverflowError e) { }
		try { Thread.sleep(Long.MAX_VALUE); } catch (InterruptedException e) { }
	}

	static int down() {
		return down() + 1;
	}
}
