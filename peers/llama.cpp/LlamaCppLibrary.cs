using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AiKernels.Formats;

[assembly: DisableRuntimeMarshalling] // Structs go to native code as they lie.

namespace AiKernels.Peers;

/// <summary>
/// What tests and benchmarks call of llama.cpp v0.5.0, declared by its llama.h and ggml.h. Structs have the size and the offsets of
/// that version; fields that keep their defaults are left out.
/// </summary>
internal static unsafe partial class LlamaCppLibrary
{
    private const string Llama = "llama", Ggml = "ggml", GgmlBase = "ggml-base";

    private static readonly Lock Loading = new();

    private static string? _loaded;

    /// <summary><c>struct llama_model_params</c>.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 80)]
    public struct ModelParameters
    {
        [FieldOffset(16)]
        public int GpuLayers;

        [FieldOffset(72)]
        public byte VocabularyOnly;

        [FieldOffset(74)]
        public byte UseExtraBufferTypes;
    }

    /// <summary><c>struct llama_context_params</c>.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 160)]
    public struct ContextParameters
    {
        [FieldOffset(0)]
        public uint ContextLength;

        [FieldOffset(4)]
        public uint BatchLength;

        [FieldOffset(12)]
        public uint Sequences;

        [FieldOffset(28)]
        public int Threads;

        [FieldOffset(32)]
        public int BatchThreads;

        /// <summary>-1 automatic, 0 off, 1 on.</summary>
        [FieldOffset(52)]
        public int FlashAttention;

        [FieldOffset(104)]
        public GgmlType KeyType;

        [FieldOffset(108)]
        public GgmlType ValueType;
    }

    /// <summary><c>struct llama_batch</c>. Without positions and sequences, tokens follow the last ones of sequence 0.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Batch
    {
        public int Count;
        public int* Tokens;
        public float* Embeddings;
        public int* Positions;
        public int* SequenceCounts;
        public int** Sequences;
        public sbyte* WantsLogits;
    }

    /// <summary><c>struct ggml_type_traits</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct TypeTraits
    {
        public byte* Name;
        public long BlockLength;
        public long InterleavedBlockLength;
        public nuint BlockBytes;
        public byte IsQuantized;
        public delegate* unmanaged<void*, float*, long, void> ToFloat;
        public delegate* unmanaged<float*, void*, long, void> FromFloat;
    }

    /// <summary>Loads the libraries and one of their processor variants. Comes before any other call.</summary>
    /// <param name="variant">The variant's name, such as <c>haswell</c>; null for what the library thinks best.</param>
    /// <exception cref="InvalidOperationException">They can't be had, the processor can't run the variant, or another one is loaded.</exception>
    public static void Load(string? variant)
    {
        lock (Loading)
        {
            var name = variant ?? "";
            if (_loaded is null)
            {
                LoadLibraries(variant);
                _loaded = name;
            }
            else if (_loaded != name)
            {
                throw new InvalidOperationException($"a process holds one processor variant of ggml; this one has '{_loaded}', not '{name}'");
            }
        }
    }

    [LibraryImport(Llama, EntryPoint = "llama_model_default_params")]
    public static partial ModelParameters DefaultModelParameters();

    [LibraryImport(Llama, EntryPoint = "llama_context_default_params")]
    public static partial ContextParameters DefaultContextParameters();

    [LibraryImport(Llama, EntryPoint = "llama_model_load_from_file", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint LoadModel(string path, ModelParameters parameters);

    [LibraryImport(Llama, EntryPoint = "llama_model_get_vocab")]
    public static partial nint GetVocabulary(nint model);

    [LibraryImport(Llama, EntryPoint = "llama_vocab_n_tokens")]
    public static partial int GetVocabularySize(nint vocabulary);

    /// <summary>Gives how many tokens a text has; their number negated, if there is no room for them.</summary>
    [LibraryImport(Llama, EntryPoint = "llama_tokenize")]
    public static partial int Tokenize(
        nint vocabulary, byte* text, int length, int* tokens, int most, byte addSpecial, byte parseSpecial);

    [LibraryImport(Llama, EntryPoint = "llama_model_free")]
    public static partial void FreeModel(nint model);

    [LibraryImport(Llama, EntryPoint = "llama_init_from_model")]
    public static partial nint CreateContext(nint model, ContextParameters parameters);

    [LibraryImport(Llama, EntryPoint = "llama_free")]
    public static partial void FreeContext(nint context);

    [LibraryImport(Llama, EntryPoint = "llama_decode")]
    public static partial int Decode(nint context, Batch batch);

    [LibraryImport(Llama, EntryPoint = "llama_get_memory")]
    public static partial nint GetMemory(nint context);

    /// <summary>Forgets a sequence's positions from <paramref name="first"/> up to before <paramref name="end"/>, or all if that is negative.</summary>
    [LibraryImport(Llama, EntryPoint = "llama_memory_seq_rm")]
    public static partial byte RemovePositions(nint memory, int sequence, int first, int end);

    /// <summary>Waits for what was decoded.</summary>
    [LibraryImport(Llama, EntryPoint = "llama_get_logits")]
    public static partial float* GetLogits(nint context);

    [LibraryImport(GgmlBase, EntryPoint = "ggml_get_type_traits")]
    public static partial TypeTraits* GetTypeTraits(GgmlType type);

    [LibraryImport(GgmlBase, EntryPoint = "ggml_quantize_chunk")]
    public static partial nuint Quantize(
        GgmlType type, float* source, void* destination, long start, long rows, long columns, float* importance);

    [LibraryImport(Llama, EntryPoint = "llama_backend_init")]
    private static partial void InitializeBackend();

    [LibraryImport(Llama, EntryPoint = "llama_log_set")]
    private static partial void SetLog(delegate* unmanaged<int, nint, nint, void> log, nint state);

    [LibraryImport(Ggml, EntryPoint = "ggml_backend_load", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint LoadBackend(string path);

    [LibraryImport(Ggml, EntryPoint = "ggml_backend_load_all_from_path", StringMarshalling = StringMarshalling.Utf8)]
    private static partial void LoadBestBackend(string folder);

    private static void LoadLibraries(string? variant)
    {
        if (LlamaCppInstallation.Obstacle is { } obstacle)
        {
            throw new InvalidOperationException($"llama.cpp is not here: {obstacle}");
        }

        var folder = LlamaCppInstallation.Folder;
        NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), (name, _, _) => name switch
        {
            Llama => NativeLibrary.Load(Path.Combine(folder, "libllama.v0.5.0.so")),
            Ggml => NativeLibrary.Load(Path.Combine(folder, "libggml.v0.5.0.so")),
            GgmlBase => NativeLibrary.Load(Path.Combine(folder, "libggml-base.so")),
            _ => 0,
        });
        SetLog(&Ignore, 0);
        if (variant is null)
        {
            LoadBestBackend(folder);
        }
        else if (LoadBackend(Path.Combine(folder, $"libggml-cpu-{variant}.so")) == 0)
        {
            throw new InvalidOperationException($"ggml has no processor variant '{variant}', or this processor can't run it");
        }

        InitializeBackend();
    }

    [UnmanagedCallersOnly]
    private static void Ignore(int level, nint text, nint state)
    {
    }
}
