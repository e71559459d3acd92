// SPDX-License-Identifier: BSD-2-Clause
// Sequences that a terminal obeys.
// status: ok
// output: end

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		System.out.print("end\u001b]0;title\u0007\u001b]52;c;ZXZpbA==\u0007\u001b[6n\u009b2J");
	}
}
