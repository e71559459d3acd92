/* SPDX-License-Identifier: BSD-2-Clause */
package jsl.agent;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Builds the archive that later JVMs of this JDK map their classes from (class-data
 * sharing), and sends it in parts. Two JVMs are started for it: one does what a compiler
 * or a waiting JVM does before its first job and lists the classes, one writes them down.
 * No submitted code is ever in this box.
 */
final class Archiver {
	private static final int PART_BYTES = 256 << 10;
	private static final int SAID_MAX = 1000;
	/* The collector too, as only G1 of JDK 17 archives objects. */
	private static final List<String> OPTIONS = Arrays.asList("-XX:-UsePerfData",
		"-XX:-UseContainerSupport", "-XX:+UseG1GC", "-Xlog:disable",
		"-Xlog:all=error:stderr", "-Djava.io.tmpdir=/tmp");

	private final Path dir;
	private final Path list;
	private final Path archive;
	private final Path input;
	private final String mode; /* of the JVMs that will map it */

	private Archiver(String mode) throws IOException {
		this.mode = mode;
		dir = Files.createTempDirectory("jsl");
		list = dir.resolve("classes");
		archive = dir.resolve("archive");
		input = dir.resolve("input");
		/* A compiler that has half a request does not warm up any further. */
		Files.write(input, mode.equals("run") ? new byte[] {0, 0, 0, 1, Frame.REHEARSE}
			: new byte[1]);
	}

	static void serve(String mode, OutputStream out) throws IOException {
		Frame ended = new Frame(Frame.ENDED);
		Archiver archiver = new Archiver(mode);

		new Frame(Frame.READY).put(Frame.NAME, System.getProperty("java.version")).send(out);
		try {
			archiver.build();
			archiver.send(out);
			ended.put(Frame.OUTCOME, Frame.RUN_RETURNED);
		} catch (IOException | InterruptedException e) {
			ended.put(Frame.OUTCOME, Frame.RUN_THREW).put(Frame.TEXT, e.toString());
		} finally {
			archiver.clean();
		}
		ended.send(out);
	}

	private void build() throws IOException, InterruptedException {
		Path usual = Path.of(System.getProperty("java.home"), "lib", "classlist");

		/* As compilers have it, for agent/Tasks.java. The JVM that writes must not:
		 * it would leave the graph of the modules out, for everybody. */
		java("-XX:DumpLoadedClassList=" + list,
			"--add-exports=jdk.compiler/com.sun.tools.javac.api=ALL-UNNAMED",
			"-cp", System.getProperty("java.class.path"), "jsl.agent.Main", "rehearse", mode);
		/* And all of the JDK's own archive, in whose place this one is mapped. */
		if (Files.isReadable(usual))
			Files.write(list, Files.readAllBytes(usual), StandardOpenOption.APPEND);
		java("-Xshare:dump", "-XX:SharedClassListFile=" + list,
			"-XX:SharedArchiveFile=" + archive,
			"-cp", System.getProperty("java.class.path"));
	}

	private void java(String... options) throws IOException, InterruptedException {
		List<String> command = new ArrayList<>();
		Process java;
		byte[] said;
		int code;

		command.add(System.getProperty("java.home") + "/bin/java");
		command.addAll(OPTIONS);
		command.add("-Xmx" + (Runtime.getRuntime().maxMemory() >> 20) + "m");
		command.addAll(Arrays.asList(options));
		java = new ProcessBuilder(command).redirectErrorStream(true)
			.redirectInput(input.toFile()).start();
		try (InputStream in = java.getInputStream()) {
			said = in.readNBytes(SAID_MAX);
			in.transferTo(OutputStream.nullOutputStream());
		}
		code = java.waitFor();
		if (code != 0)
			throw new IOException(options[0] + " ended with " + code + ": " +
				new String(said, StandardCharsets.UTF_8));
	}

	private void send(OutputStream out) throws IOException {
		byte[] part;

		try (InputStream in = Files.newInputStream(archive)) {
			while ((part = in.readNBytes(PART_BYTES)).length > 0)
				new Frame(Frame.ARCHIVE).put(Frame.PART, part).send(out);
		}
	}

	/** A box takes it all with it, but there may be none. */
	private void clean() throws IOException {
		Files.deleteIfExists(input);
		Files.deleteIfExists(list);
		Files.deleteIfExists(archive);
		Files.deleteIfExists(dir);
	}
}
