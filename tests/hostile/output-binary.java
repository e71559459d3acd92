// SPDX-License-Identifier: BSD-2-Clause
// What is no text.
// status: ok

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		for (int i = 255; i >= 0; i--)
			System.out.write(i);
		System.out.flush();
	}
}
