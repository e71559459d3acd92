// SPDX-License-Identifier: BSD-2-Clause
// Names that differ in their case only.
// status: ok
// output: twins

class main { }
class MAIN { }
class Main {
	public static void main(String[] args) { System.out.print("twins"); }
}
