// SPDX-License-Identifier: BSD-2-Clause
// A line without end, from several threads.
// status: output_limit
// message: Output limit exceeded: 8 KB
// limits: output_kb=8

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		for (int i = 0; i < 4; i++)
			new Thread(() -> { while (true) System.out.print("xxxxxxxxxxxxxxxx"); }).start();
	}
}
