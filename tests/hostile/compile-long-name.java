// SPDX-License-Identifier: BSD-2-Clause
// A class name that no file could have.
// status: ok
// output: long

public class @@300:N@@ {
	public static void main(String[] args) { System.out.print("long"); }
}
