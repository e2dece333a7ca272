using System.Runtime.ExceptionServices;
using AiKernels.Runtime.Files;
using AiKernels.Runtime.Files.Packed;
using AiKernels.Runtime.Models;
using AiKernels.Runtime.Models.Architectures;
using AiKernels.Runtime.Templates;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Engine;

/// <summary>
/// From a GGUF file to a model. The tokenizer is made on one thread while another loads the weights and rehearses a step:
/// a start has no time to lose.
/// </summary>
internal static class GgufModel
{
    public static LanguageModel Load(
        GgufFile file, IBackend backend, ModelOptions options, bool withTokenizer, CancellationToken cancellation)
    {
        var spec = Architecture.Read(file);
        using var givenUp = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var tokenizer = withTokenizer
            ? Task.Run(() => ReadTokenizer(file, spec, givenUp), CancellationToken.None)
            : Task.FromResult<Tokenizer?>(null);
        using var cache = options.PackedCacheFolder is { } folder ? PackedCache.Open(file, folder, backend, givenUp.Token) : null;
        Decoder? decoder = null;
        Exception? failure = null;
        try
        {
            decoder = ReadWeights(file, backend, spec, options, cache, givenUp.Token);
            BackendTurn.Of(backend).Do(() => decoder.Rehearse(options.KeyValueType));
        }
        catch (Exception caught)
        {
            failure = caught;
        }

        try
        {
            // A fault of the tokenizer comes first, as it does in the file; the weights were only given up for it.
            var made = tokenizer.GetAwaiter().GetResult();
            if (failure is not null)
            {
                ExceptionDispatchInfo.Throw(failure);
            }

            return new LanguageModel(backend, decoder!, made, options)
            {
                Name = Name(file, spec),
                PackedCache = cache?.Result,
                HeaderHash = file.HeaderHash,
                ChatTemplates = ChatTemplates.From(file.Metadata, made?.Vocabulary),
            };
        }
        catch
        {
            decoder?.Dispose();
            throw;
        }
    }

    /// <summary>What the file says, as far as it can be shown.</summary>
    private static string Name(GgufFile file, DecoderSpec spec)
    {
        const int longest = 100;
        return file.Metadata.TryGetString("general.name", out var name) && name.Length > 0
            ? Printable.Text(name, longest)
            : spec.Architecture;
    }

    private static Decoder ReadWeights(
        GgufFile file, IBackend backend, DecoderSpec spec, ModelOptions options, PackedCache? cache, CancellationToken cancellation)
    {
        var tensors = new GgufTensorSource(file);
        MemoryNeeds.Check(backend, spec, tensors, options);
        var step = LanguageModel.StepLength(spec, options);
        if (cache is null)
        {
            return new Decoder(backend, spec, tensors, step, cancellation);
        }

        var decoder = new Decoder(backend, spec, new PackedTensorSource(tensors, cache), step, cancellation);
        try
        {
            cache.Keep();
            return decoder;
        }
        catch
        {
            decoder.Dispose();
            throw;
        }
    }

    private static Tokenizer? ReadTokenizer(GgufFile file, DecoderSpec spec, CancellationTokenSource givenUp)
    {
        try
        {
            // Compared before any is read, so that a file pays in tensors for the tokens it makes us hold.
            if (file.Metadata.TryGetEntry(GgufVocabulary.TokensKey, out var tokens) && tokens.Count > spec.VocabularySize)
            {
                throw file.Metadata.Invalid(
                    GgufVocabulary.TokensKey, $"has {tokens.Count} tokens, but the embedding {spec.VocabularySize} rows");
            }

            return Tokenizer.Create(Vocabulary.FromGguf(file));
        }
        catch
        {
            givenUp.Cancel();
            throw;
        }
    }
}
