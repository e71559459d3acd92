// SPDX-License-Identifier: BSD-2-Clause
// Output without end.
// status: output_limit
// message: Output limit exceeded: 8 KB
// limits: output_kb=8

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		while (true)
			System.out.println("again");
	}
}
