// SPDX-License-Identifier: BSD-2-Clause
// Waits for input that never comes: there is an end of it.
// status: ok
// output: -1

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		System.out.print(System.in.read());
	}
}
