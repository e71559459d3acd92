// SPDX-License-Identifier: BSD-2-Clause
// Recursion without end.
// status: exception
// message: Uncaught exception

public class Main {
	public static void main(String[] args) {
		System.out.print(down());
	}

	static int down() {
		return down() + 1;
	}
}
