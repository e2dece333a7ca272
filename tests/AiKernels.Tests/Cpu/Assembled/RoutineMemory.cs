using AiKernels.Cpu;
using AiKernels.Cpu.Assembled;
using Xunit;

namespace AiKernels.Tests.Cpu.Assembled;

/// <summary>Memory for a routine to run on: some buffers, each with its exact length, and the arguments.</summary>
internal sealed unsafe class RoutineMemory : IDisposable
{
    private readonly List<NativeBuffer> _buffers = [];

    private RoutineMemory(Func<RoutineMemory, ulong[]> setUp) => Arguments = setUp(this);

    private ulong[] Arguments { get; }

    /// <summary>
    /// Runs a routine on the model, within the memory that it is given, and natively where the processor can, each on memory
    /// that is set up alike; all of it must be the same afterwards.
    /// </summary>
    public static void AssertSame(bool wide, bool isNative, Action<VectorAssembler> body, Func<RoutineMemory, ulong[]> setUp)
    {
        using var model = new RoutineMemory(setUp);
        model.RunOnModel(ModelRoutine.Assemble(wide, forWindows: false, body));
        using var windows = new RoutineMemory(setUp);
        windows.RunOnModel(ModelRoutine.Assemble(wide, forWindows: true, body));
        AssertSame(model, windows);
        if (isNative)
        {
            using var native = new RoutineMemory(setUp);
            Run(NativeRoutine.TryAssemble(wide, body)!, [.. native.Arguments]);
            AssertSame(native, model);
        }
    }

    /// <summary>A buffer with this content.</summary>
    public ulong Add(ReadOnlySpan<byte> content)
    {
        var buffer = new NativeBuffer(content.Length);
        content.CopyTo(new Span<byte>(buffer.Data, content.Length));
        _buffers.Add(buffer);
        return (ulong)buffer.Data;
    }

    /// <summary>A buffer of random bytes.</summary>
    public ulong Add(Random random, int bytes)
    {
        var content = new byte[bytes];
        random.NextBytes(content);
        return Add(content);
    }

    public void Dispose() => _buffers.ForEach(buffer => buffer.Dispose());

    private static void AssertSame(RoutineMemory expected, RoutineMemory actual)
    {
        for (var i = 0; i < expected._buffers.Count; i++)
        {
            // Whether they are floats or not: what differs in a NaN's payload alone counts as equal.
            var (first, second) = (expected._buffers[i], actual._buffers[i]);
            Bits.AssertEqual(
                new ReadOnlySpan<float>(first.Data, (int)first.Length / sizeof(float)),
                new ReadOnlySpan<float>(second.Data, (int)second.Length / sizeof(float)));
        }
    }

    private void RunOnModel(ModelRoutine routine)
    {
        var arguments = GC.AllocateArray<ulong>(Arguments.Length, pinned: true);
        Arguments.CopyTo(arguments, 0);
        fixed (ulong* own = arguments)
        {
            routine.Allowed =
            [
                ((ulong)own, (ulong)(own + arguments.Length)),
                .. _buffers.Select(buffer => ((ulong)buffer.Data, (ulong)(buffer.Data + buffer.Length))),
            ];
        }

        Run(routine, arguments);
    }

    private static void Run(Routine routine, ulong[] arguments)
    {
        fixed (ulong* own = arguments)
        {
            routine.Run((void**)own);
        }
    }
}
