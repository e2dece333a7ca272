using AiKernels.Formats;
using AiKernels.Peers;
using Xunit;

namespace AiKernels.Runtime.Tests.Oracle;

/// <summary>
/// llama.cpp's forward pass at its most exact: one thread, F32 keys and values, no flash attention, weights as the file
/// stores them.
/// </summary>
internal static unsafe class LlamaCpp
{
    /// <summary>Loads the libraries, or skips the test where they can't be had. Comes before any other call.</summary>
    public static void Require()
    {
        Assert.SkipWhen(LlamaCppInstallation.Obstacle is not null, $"llama.cpp, the oracle, is not here: {LlamaCppInstallation.Obstacle}");
        LlamaCppLibrary.Load("x64"); // The plainest of its processor variants: runs anywhere, and leaves nothing to chance.
    }

    /// <summary>The logits [T, vocabulary] after each of the tokens.</summary>
    public static float[] Logits(string path, int[] tokens)
    {
        Require();
        var parameters = LlamaCppLibrary.DefaultModelParameters();
        parameters.GpuLayers = 0;
        parameters.UseExtraBufferTypes = 0;
        var model = LlamaCppLibrary.LoadModel(path, parameters);
        if (model == 0)
        {
            throw new InvalidOperationException($"llama.cpp does not load {path}");
        }

        try
        {
            var vocabulary = LlamaCppLibrary.GetVocabularySize(LlamaCppLibrary.GetVocabulary(model));
            return Logits(model, tokens, vocabulary);
        }
        finally
        {
            LlamaCppLibrary.FreeModel(model);
        }
    }

    private static float[] Logits(nint model, int[] tokens, int vocabulary)
    {
        var parameters = LlamaCppLibrary.DefaultContextParameters();
        parameters.ContextLength = (uint)tokens.Length;
        parameters.BatchLength = (uint)tokens.Length;
        parameters.Threads = parameters.BatchThreads = 1;
        parameters.FlashAttention = 0;
        parameters.KeyType = parameters.ValueType = GgmlType.F32;
        var context = LlamaCppLibrary.CreateContext(model, parameters);
        try
        {
            var wanted = new sbyte[tokens.Length];
            Array.Fill(wanted, (sbyte)1);
            fixed (int* ids = tokens)
            fixed (sbyte* wantsLogits = wanted)
            {
                var batch = new LlamaCppLibrary.Batch { Count = tokens.Length, Tokens = ids, WantsLogits = wantsLogits };
                if (LlamaCppLibrary.Decode(context, batch) is var status and not 0)
                {
                    throw new InvalidOperationException($"llama_decode gives {status}");
                }
            }

            return new Span<float>(LlamaCppLibrary.GetLogits(context), tokens.Length * vocabulary).ToArray();
        }
        finally
        {
            LlamaCppLibrary.FreeContext(context);
        }
    }
}
