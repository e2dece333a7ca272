using AiKernels.Runtime.Engine.Scheduling;
using AiKernels.Runtime.Files.Snapshots;

namespace AiKernels.Runtime.Engine;

/// <summary>Conversations to files and back: their tokens, and what was computed of them.</summary>
internal static class ConversationSnapshot
{
    /// <summary>Keeps tokens, and the keys and values of all but the last one, which is computed when the conversation goes on.</summary>
    public static async Task Save(
        LanguageModel model, EngineThread thread, string tenant, int[] tokens, GenerationOptions options,
        string path, SnapshotKey? key, CancellationToken cancellation)
    {
        var header = new SnapshotHeader
        {
            ModelHash = model.Hash,
            Shape = model.CacheShape,
            Tokens = tokens,
            Positions = Math.Clamp(tokens.Length - 1, 0, model.ContextLength),
            Options = options,
        };
        using var pages = header.Positions > 0
            ? await PinnedPages.Pin(model, thread, Sequence(tokens.AsSpan(0, header.Positions), tenant), cancellation).ConfigureAwait(false)
            : null;
        await Task.Run(
            () => SnapshotFile.Write(path, header, (image, bytes) => pages!.Read(image, header.ImagePositions(image), bytes), key, cancellation),
            cancellation).ConfigureAwait(false);
    }

    /// <summary>Reads a snapshot, and puts its pages into the engine's memory, where the conversation will find them.</summary>
    public static async Task<SnapshotHeader> Restore(
        LanguageModel model, EngineThread thread, string tenant, bool withPages,
        string path, SnapshotKey? key, CancellationToken cancellation)
    {
        var (header, images) = await Task.Run(() => Read(model, withPages, path, key, cancellation), cancellation).ConfigureAwait(false);
        if (images is not null)
        {
            var sequence = Sequence(header.Tokens.Span[..Math.Min(header.Tokens.Length, model.ContextLength)], tenant);
            sequence.Swapped = images;
            using var pages = await PinnedPages.Pin(model, thread, sequence, cancellation).ConfigureAwait(false);
        }

        return header;
    }

    private static (SnapshotHeader Header, SwappedPages? Images) Read(
        LanguageModel model, bool withPages, string path, SnapshotKey? key, CancellationToken cancellation)
    {
        using var file = SnapshotFile.Open(path, key, cancellation);
        var header = file.Header;
        Check(model, header);
        if (header.Positions == 0 || !withPages)
        {
            return (header, null);
        }

        var images = new SwappedPages(header.Positions, header.Images);
        for (var image = 0; image < header.Images; image++)
        {
            cancellation.ThrowIfCancellationRequested();
            file.ReadImage(image, images.Images[image] = new byte[header.ImageBytes(image)]);
        }

        return (header, images);
    }

    private static void Check(LanguageModel model, SnapshotHeader header)
    {
        var obstacle = header.ModelHash != model.Hash ? "another model"
            : header.NumericsVersion != Numerics.NumericsVersion.Current ? $"numerics version {header.NumericsVersion}, not {Numerics.NumericsVersion.Current}"
            : header.Shape != model.CacheShape ? $"keys and values in {header.Shape.Type}, not {model.CacheShape.Type}"
            : null;
        if (obstacle is not null)
        {
            throw new InvalidDataException($"the snapshot can't go on here: it is of {obstacle}");
        }

        if (header.Positions > model.ContextLength || header.Tokens.Length > model.ContextLength + 1)
        {
            throw new ContextFullException(
                $"the snapshot's {header.Tokens.Length} tokens don't fit in a context of {model.ContextLength}; load the model with a longer one");
        }

        foreach (var token in header.Tokens.Span)
        {
            if (token >= model.Choices)
            {
                throw new InvalidDataException($"the snapshot has token {token}; the model's run from 0 to {model.Choices - 1}");
            }
        }
    }

    private static PinnedSequence Sequence(ReadOnlySpan<int> tokens, string tenant) =>
        new(tokens) { Tenant = tenant, Salt = tenant, Arrival = EngineThread.Now };
}
