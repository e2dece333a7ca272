using System.Runtime.InteropServices;
using AiKernels.Peers;

namespace AiKernels.Benchmarks.Engines;

/// <summary>llama.cpp with its own defaults, as its users run it, save for the number of threads.</summary>
internal sealed unsafe class LlamaCppEngine : Engine
{
    // llama.cpp rounds a sequence's context up to this.
    private const int ContextUnit = 256;

    private readonly nint _model;
    private readonly int _threads;
    private readonly Tokens _tokens = new(Chunk);
    private nint _context;
    private int _sequences;

    /// <param name="path">A GGUF file.</param>
    /// <param name="variant">A processor variant's name; null for the one that llama.cpp thinks best.</param>
    /// <param name="threads">Threads that compute.</param>
    /// <exception cref="InvalidOperationException">It isn't here, can't run here, or doesn't load the file.</exception>
    public LlamaCppEngine(string path, string? variant, int threads)
    {
        LlamaCppLibrary.Load(variant);
        _threads = threads;
        var parameters = LlamaCppLibrary.DefaultModelParameters();
        parameters.GpuLayers = 0;
        _model = LlamaCppLibrary.LoadModel(path, parameters);
        if (_model == 0)
        {
            throw new InvalidOperationException($"llama.cpp does not load {path}");
        }

        VocabularySize = LlamaCppLibrary.GetVocabularySize(LlamaCppLibrary.GetVocabulary(_model));
    }

    public override string Description => $"llama.cpp v0.5.0, {LoadedVariant()}, {_threads} threads";

    protected override int VocabularySize { get; }

    public override void Dispose()
    {
        FreeContext();
        LlamaCppLibrary.FreeModel(_model);
    }

    protected override void Reserve(int positions, int sequences)
    {
        FreeContext();
        var parameters = LlamaCppLibrary.DefaultContextParameters();
        var length = (positions + ContextUnit - 1) / ContextUnit * ContextUnit;
        parameters.ContextLength = checked((uint)(length * sequences));
        parameters.Sequences = (uint)sequences;
        parameters.Threads = parameters.BatchThreads = _threads;
        _context = LlamaCppLibrary.CreateContext(_model, parameters);
        if (_context == 0)
        {
            throw new InvalidOperationException($"llama.cpp makes no context of {sequences} sequences of {length} tokens");
        }

        _sequences = sequences;
    }

    protected override void Truncate(int position)
    {
        var memory = LlamaCppLibrary.GetMemory(_context);
        for (var sequence = 0; sequence < _sequences; sequence++)
        {
            if (LlamaCppLibrary.RemovePositions(memory, sequence, position, -1) == 0)
            {
                throw new InvalidOperationException($"llama.cpp does not forget the tokens from position {position} on");
            }
        }
    }

    protected override void Append(int position, int count, bool wantsLogits)
    {
        for (var sequence = 0; sequence < _sequences; sequence++)
        {
            _tokens.Clear();
            for (var i = 0; i < count; i++)
            {
                _tokens.Add(Token(sequence, position + i), position + i, sequence, wantsLogits && i == count - 1);
            }

            Run();
        }
    }

    protected override void Step(int position)
    {
        _tokens.Clear();
        for (var sequence = 0; sequence < _sequences; sequence++)
        {
            _tokens.Add(Token(sequence, position), position, sequence, wantsLogits: true);
        }

        Run();
    }

    private void Run()
    {
        if (LlamaCppLibrary.Decode(_context, _tokens.Batch) is var status and not 0)
        {
            throw new InvalidOperationException($"llama_decode gives {status}");
        }

        _ = LlamaCppLibrary.GetLogits(_context); // Decoding may go on in the background; this waits for it.
    }

    private void FreeContext()
    {
        if (_context != 0)
        {
            LlamaCppLibrary.FreeContext(_context);
            _context = 0;
        }
    }

    /// <summary>The variant that this process has mapped: only the system knows what the library chose.</summary>
    private static string LoadedVariant()
    {
        const string prefix = "libggml-cpu-";
        var line = File.ReadLines("/proc/self/maps").FirstOrDefault(line => line.Contains(prefix, StringComparison.Ordinal));
        return line is null ? "unknown" : Path.GetFileNameWithoutExtension(line)[prefix.Length..];
    }

    /// <summary>A <c>llama_batch</c> in memory that stays where it is.</summary>
    private sealed class Tokens
    {
        private readonly int[] _ids, _positions, _counts, _sequences;
        private readonly nint[] _sequencePointers;
        private readonly sbyte[] _wants;
        private int _count;

        // Pinned for good: llama.cpp gets their addresses.
        public Tokens(int capacity)
        {
            static T[] Pinned<T>(int length)
                where T : unmanaged => GC.AllocateArray<T>(length, pinned: true);

            (_ids, _positions, _counts, _sequences) =
                (Pinned<int>(capacity), Pinned<int>(capacity), Pinned<int>(capacity), Pinned<int>(capacity));
            (_sequencePointers, _wants) = (Pinned<nint>(capacity), Pinned<sbyte>(capacity));
            for (var i = 0; i < capacity; i++)
            {
                _sequencePointers[i] = (nint)Address(_sequences) + (i * sizeof(int));
                _counts[i] = 1;
            }
        }

        public LlamaCppLibrary.Batch Batch => new()
        {
            Count = _count,
            Tokens = Address(_ids),
            Positions = Address(_positions),
            SequenceCounts = Address(_counts),
            Sequences = (int**)Address(_sequencePointers),
            WantsLogits = Address(_wants),
        };

        public void Clear() => _count = 0;

        public void Add(int token, int position, int sequence, bool wantsLogits)
        {
            (_ids[_count], _positions[_count], _sequences[_count]) = (token, position, sequence);
            _wants[_count++] = wantsLogits ? (sbyte)1 : (sbyte)0;
        }

        private static T* Address<T>(T[] pinned)
            where T : unmanaged => (T*)Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);
    }
}
