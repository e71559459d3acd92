// SPDX-License-Identifier: BSD-2-Clause
// Sleeps for ever.
// status: time_limit
// message: Wall time limit exceeded: 500 ms
// limits: wall_ms=500

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		Thread.sleep(Long.MAX_VALUE);
	}
}
