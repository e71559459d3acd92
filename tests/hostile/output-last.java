// SPDX-License-Identifier: BSD-2-Clause
// Output in the last moment before the end.
// status: time_limit
// message: Wall time limit exceeded: 5000 ms
// limits: wall_ms=5000
// output: x

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		System.out.write('x');
		System.out.flush();
		Thread.sleep(Long.MAX_VALUE);
	}
}
