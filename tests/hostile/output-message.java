// SPDX-License-Identifier: BSD-2-Clause
// An exception with a message of 100 MB.
// status: output_limit
// message: Output limit exceeded: 1024 KB

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		throw new IllegalStateException("x".repeat(25 << 20));
	}
}
