// SPDX-License-Identifier: BSD-2-Clause
// Leaves before main.
// status: nonzero_exit
// message: Exited with code 7

public class Main {
	static { System.exit(7); }
	public static void main(String[] args) { }
}
