/* SPDX-License-Identifier: BSD-2-Clause */
package jsl.agent;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import javax.lang.model.element.Modifier;

/**
 * A compiler that stays warm. It compiles in memory and never executes what it compiled:
 * no annotation processors, no plug-ins, no options from users.
 */
final class Compiler {
	/** Compilations that make it fast, done while nobody waits. */
	private static final int WARM_UPS = 12;
	/** Characters; more leave too much in what the next task is handed. */
	private static final int SOURCE_MAX = 64 << 10;
	/* Concatenations as a StringBuilder: the first of the usual kind, which is linked while
	 * the program runs, costs a new JVM a quarter of what its start did. */
	private static final List<String> OPTIONS =
		Arrays.asList("-proc:none", "-implicit:none", "-Xmaxerrs", "100", "-Xmaxwarns", "20",
			"-XDstringConcat=inline");

	private final InputStream in;
	private final OutputStream out;
	private final Tasks tasks = new Tasks();
	private final MemoryFiles files;

	/** One request on its way through javac. */
	private static final class Job {
		final List<SourceFile> sources = new ArrayList<>();
		final List<byte[]> types = new ArrayList<>();
		final Diagnostics diagnostics = new Diagnostics();
		boolean worn; /* it broke javac: better a fresh one for the next */
		boolean plain = true; /* only types without a package */
	}

	Compiler(InputStream in, OutputStream out) throws IOException {
		this.in = in;
		this.out = out;
		files = new MemoryFiles(tasks.javac().getStandardFileManager(null, Locale.ROOT,
			StandardCharsets.UTF_8));
	}

	void serve() throws IOException {
		int warm = 0;

		warmUp();
		new Frame(Frame.READY).put(Frame.NAME, System.getProperty("java.version")).send(out);
		for (;;) {
			Job job = new Job();
			int type;

			while (warm++ < WARM_UPS && in.available() == 0)
				warmUp();
			if (tasks.isCold() && in.available() == 0)
				warmUp();
			type = Frame.read(in, (tag, value) -> {
				if (tag == Frame.SOURCE)
					job.sources.add(new SourceFile(value, job.sources.size()));
			});
			if (type < 0)
				return;
			answer(job, compile(job));
		}
	}

	private void answer(Job job, int outcome) throws IOException {
		Frame frame = new Frame(Frame.COMPILED).put(Frame.OUTCOME, outcome);

		if (outcome == Frame.COMPILE_OK) {
			for (byte[] type : job.types)
				frame.put(Frame.TYPE, type);
			for (MemoryFiles.ClassFile c : files.classes())
				frame.put(Frame.CLASS, encode(c));
		}
		if (job.worn)
			frame.put(Frame.WORN, new byte[0]);
		job.diagnostics.put(frame);
		files.reset();
		frame.send(out);
	}

	private static byte[] encode(MemoryFiles.ClassFile c) {
		byte[] name = c.name.getBytes(StandardCharsets.UTF_8);
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();

		bytes.write(name.length >>> 8);
		bytes.write(name.length);
		bytes.write(name, 0, name.length);
		bytes.write(c.bytes, 0, c.bytes.length);
		return bytes.toByteArray();
	}

	private int compile(Job job) {
		int outcome = tryTo(job);
		int length = 0;

		for (SourceFile source : job.sources)
			length += source.getCharContent(true).length();
		tasks.handOn(outcome == Frame.COMPILE_OK && job.plain && length <= SOURCE_MAX);
		return outcome;
	}

	private int tryTo(Job job) {
		try {
			return tasks.run(files, job.diagnostics, OPTIONS, job.sources,
				task -> parseAndGenerate(job, task));
		} catch (RuntimeException | IOException | StackOverflowError | AssertionError e) {
			job.worn = true;
			if (files.isFull())
				return Frame.COMPILE_TOO_LARGE;
			job.diagnostics.error(null, 0, 0, isTooDeep(e)
				? "the source is nested too deeply for the compiler"
				: "the compiler failed on this source: " + e);
		}
		return Frame.COMPILE_FAILED;
	}

	/** javac wraps what it does not expect. */
	private static boolean isTooDeep(Throwable thrown) {
		Throwable t = thrown;

		while (t != null && !(t instanceof StackOverflowError))
			t = t.getCause();
		return t != null;
	}

	private int parseAndGenerate(Job job, JavacTask task) throws IOException {
		int parsed = 0;

		for (CompilationUnitTree unit : task.parse())
			takeTypes(job, unit, job.sources.get(parsed++));
		if (job.types.isEmpty())
			return Frame.COMPILE_NO_TYPE;
		for (SourceFile source : job.sources)
			if (source.isMalformed())
				job.diagnostics.error(source, source.malformedLine(),
					source.malformedColumn(), "this is not valid UTF-8");
		if (job.diagnostics.errors() > 0)
			return Frame.COMPILE_FAILED;
		task.analyze();
		if (job.diagnostics.errors() > 0)
			return Frame.COMPILE_FAILED;
		task.generate();
		if (files.isFull())
			return Frame.COMPILE_TOO_LARGE;
		return job.diagnostics.errors() > 0 ? Frame.COMPILE_FAILED : Frame.COMPILE_OK;
	}

	/** The top-level types of @unit in source order; they also give the file its name. */
	private static void takeTypes(Job job, CompilationUnitTree unit, SourceFile source) {
		String pkg = unit.getPackageName() == null ? "" : unit.getPackageName() + ".";
		String named = null;
		boolean namedIsPublic = false;

		for (Tree tree : unit.getTypeDecls()) {
			ClassTree type;
			boolean isPublic;

			if (!(tree instanceof ClassTree))
				continue;
			type = (ClassTree)tree;
			isPublic = type.getModifiers().getFlags().contains(Modifier.PUBLIC);
			if (type.getSimpleName().length() == 0)
				continue;
			job.types.add(encodeType(isPublic, pkg + type.getSimpleName()));
			if (named == null || isPublic && !namedIsPublic) {
				named = pkg + type.getSimpleName();
				namedIsPublic = isPublic;
			}
		}
		job.plain = job.plain && named != null && pkg.isEmpty();
		if (named != null)
			source.rename('/' + named.replace('.', '/') + ".java");
	}

	private static byte[] encodeType(boolean isPublic, String name) {
		byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
		byte[] value = new byte[1 + utf8.length];

		value[0] = (byte)(isPublic ? 1 : 0);
		System.arraycopy(utf8, 0, value, 1, utf8.length);
		return value;
	}

	private void warmUp() {
		Job job = new Job();

		job.sources.add(new SourceFile(WarmUp.SOURCE.getBytes(StandardCharsets.UTF_8), 0));
		compile(job);
		files.reset();
	}
}
