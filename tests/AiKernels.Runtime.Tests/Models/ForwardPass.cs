using AiKernels.Cache;
using AiKernels.Formats;
using AiKernels.Runtime.Files;
using AiKernels.Runtime.Models;
using AiKernels.Runtime.Models.Architectures;

namespace AiKernels.Runtime.Tests.Models;

/// <summary>The library's forward pass over a prompt, split and accompanied as a test likes.</summary>
internal static class ForwardPass
{
    /// <summary>The logits [T, vocabulary] after each of the tokens of a file's model.</summary>
    public static float[] Logits(IBackend backend, string path, int[] tokens)
    {
        using var file = GgufFile.Open(path);
        using var decoder = new Decoder(backend, Architecture.Read(file), new GgufTensorSource(file), tokens.Length);
        return Logits(backend, decoder, tokens, tokens.Length, GgmlType.F32);
    }

    /// <summary>The logits [T, vocabulary] after each of the tokens.</summary>
    /// <param name="backend">The backend that the decoder is on.</param>
    /// <param name="decoder">The model.</param>
    /// <param name="tokens">The prompt.</param>
    /// <param name="chunk">Tokens of a step.</param>
    /// <param name="keyValues">How keys and values are stored.</param>
    /// <param name="companion">Tokens of another sequence, of which each step runs one before the prompt's.</param>
    public static float[] Logits(IBackend backend, Decoder decoder, int[] tokens, int chunk, GgmlType keyValues, params int[] companion)
    {
        var spec = decoder.Spec;
        var shape = new KeyValueShape(spec.Layers, spec.KeyValueHeads, spec.HeadLength, keyValues);
        var pages = shape.Pages(tokens.Length) + shape.Pages(companion.Length);
        using var cache = backend.AllocateCache(shape, pages);
        var pool = new PagePool(pages);

        // The companion's pages first, so that the prompt's don't start at 0.
        var (companionTable, table) = (new BlockTable(pool, shape.PageLength), new BlockTable(pool, shape.PageLength));
        _ = companionTable.TryReserve(companion.Length) && table.TryReserve(tokens.Length);
        var logits = new float[tokens.Length * spec.VocabularySize];
        var forward = new DecoderStep();
        for (int start = 0, step = 0; start < tokens.Length; start += chunk, step++)
        {
            var count = Math.Min(chunk, tokens.Length - start);
            forward.Clear();
            if (step < companion.Length)
            {
                forward.Add(companionTable, step, [companion[step]], outputs: 0);
            }

            forward.Add(table, start, tokens.AsSpan(start, count), outputs: count);
            decoder.Run(forward, cache);
            decoder.ReadLogits(0, logits.AsSpan(start * spec.VocabularySize, count * spec.VocabularySize));
        }

        return logits;
    }
}
