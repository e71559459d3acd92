// SPDX-License-Identifier: BSD-2-Clause
// A connection that does not matter.
// status: ok
// output: Operation not permitted

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		try {
			new java.net.Socket("127.0.0.1", 8888).close();
		} catch (IOException e) {
			System.out.print(e.getMessage());
		}
	}
}
