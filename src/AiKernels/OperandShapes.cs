using AiKernels.Cache;
using AiKernels.Formats;

namespace AiKernels;

/// <summary>
/// The shapes that each operation of <see cref="IBackend"/> takes, checked in one place for all backends. Each check
/// throws <see cref="ArgumentException"/> with the shapes it saw; a check that passes allocates nothing.
/// </summary>
internal static class OperandShapes
{
    public static void Weight(GgmlType type, int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        _ = type.RowBytes(columns);
    }

    /// <summary>Gives the number of whole rows.</summary>
    public static int Upload(Weight weight, int firstRow, int bytes)
    {
        var rowBytes = weight.Type.RowBytes(weight.Columns);
        var rows = (int)(bytes / rowBytes);
        if (firstRow < 0 || firstRow % PanelLayout.Rows != 0 || bytes % rowBytes != 0 || rows > weight.Rows - firstRow
            || (rows % PanelLayout.Rows != 0 && firstRow + rows != weight.Rows))
        {
            throw new ArgumentException(
                $"Upload: {bytes} bytes from row {firstRow} on are not whole panels of {PanelLayout.Rows} rows of {weight}");
        }

        return rows;
    }

    public static void ReadPacked(Weight weight, long offset, int bytes)
    {
        if (offset < 0 || offset > weight.ByteLength - bytes)
        {
            throw new ArgumentException($"ReadPacked: {bytes} bytes from {offset} on are not all among the {weight.ByteLength} of {weight}");
        }
    }

    public static void Copy(Tensor x, int values)
    {
        if (values != (long)x.Rows * x.Columns)
        {
            throw new ArgumentException($"a tensor {x} can't be copied from or to {values} values");
        }
    }

    /// <summary>Gives the numbers of a row.</summary>
    public static int ReadLargest(Tensor x, int largest)
    {
        var count = x.Rows == 0 ? 0 : largest / x.Rows;
        if (largest != (long)count * x.Rows || count > x.Columns || (count == 0 && x.Rows > 0))
        {
            throw Misfit($"ReadLargest: x {x}, {largest} values");
        }

        return count;
    }

    public static void Embed(Weight table, ReadOnlySpan<int> tokens, Tensor y)
    {
        if (y.Rows != tokens.Length || y.Columns != table.Columns)
        {
            throw Misfit($"Embed: table {table}, {tokens.Length} tokens, y {y}");
        }

        Indices(tokens, table.Rows, "a token");
    }

    public static void Gather(Tensor x, ReadOnlySpan<int> rows, Tensor y)
    {
        if (y.Rows != rows.Length || y.Columns != x.Columns)
        {
            throw Misfit($"Gather: x {x}, {rows.Length} rows, y {y}");
        }

        Apart(y, x, "Gather: y and x");

        Indices(rows, x.Rows, "a row");
    }

    public static void RmsNorm(Tensor x, Tensor gain, Tensor y)
    {
        if (gain.Rows != 1 || gain.Columns == 0 || x.Columns % gain.Columns != 0 || !Same(x, y))
        {
            throw Misfit($"RmsNorm: x {x}, gain {gain}, y {y}");
        }

        SameOrApart(y, x, "RmsNorm: y and x");
        Apart(y, gain, "RmsNorm: y and gain");
    }

    public static void MatMul(Tensor x, ReadOnlySpan<Projection> projections)
    {
        for (var i = 0; i < projections.Length; i++)
        {
            MatMul(x, projections[i]);
            for (var earlier = 0; earlier < i; earlier++)
            {
                Apart(projections[i].Output, projections[earlier].Output, "MatMul: two outputs");
                ApartFromBias(projections[i], projections[earlier]);
                ApartFromBias(projections[earlier], projections[i]);
            }
        }
    }

    private static void MatMul(Tensor x, in Projection projection)
    {
        var (weight, y, bias, _, gate) = projection;
        Apart(y, x, "MatMul: y and x");
        ApartFromBias(projection, projection);
        var biasFits = bias is not { } b || (b.Rows == 1 && b.Columns == weight.Rows);
        var gateFits = gate is null || (gate.Rows == weight.Rows && gate.Columns == weight.Columns);
        if (weight.Columns != x.Columns || y.Rows != x.Rows || y.Columns != weight.Rows || !biasFits || !gateFits)
        {
            throw Misfit($"MatMul: x {x}, w {weight}, bias {Text(bias)}, gate {Text(gate)}, y {y}");
        }
    }

    private static void ApartFromBias(in Projection written, in Projection read)
    {
        if (read.Bias is { } bias)
        {
            Apart(written.Output, bias, "MatMul: y and bias");
        }
    }

    public static void Rope(Tensor x, int headLength, RopePairing pairing, Tensor rotation)
    {
        if (pairing is not (RopePairing.Adjacent or RopePairing.Halves))
        {
            throw new ArgumentOutOfRangeException(nameof(pairing), pairing, "not a pairing");
        }

        if (headLength <= 0 || x.Columns % headLength != 0 || rotation.Rows != x.Rows
            || rotation.Columns > headLength || rotation.Columns % 2 != 0)
        {
            throw Misfit($"Rope: x {x}, heads of {headLength}, rotation {rotation}");
        }

        Apart(x, rotation, "Rope: x and rotation");
    }

    public static void HadamardTransform(Tensor x, int headLength)
    {
        if (headLength is <= 0 or > KeyValueShape.MaxHeadLength || x.Columns % headLength != 0)
        {
            throw Misfit($"HadamardTransform: x {x}, heads of {headLength}, at most {KeyValueShape.MaxHeadLength}");
        }
    }

    public static void Store(KeyValueCache cache, int layer, Batch batch, Tensor keys, Tensor values)
    {
        Batch(cache, layer, batch);
        if (keys.Rows != batch.Count || keys.Columns != cache.Shape.Heads * cache.Shape.HeadLength || !Same(keys, values))
        {
            throw Misfit($"Store: keys {keys}, values {values}, {batch.Count} tokens, {cache.Shape}");
        }
    }

    public static void Attention(Tensor q, KeyValueCache cache, int layer, Batch batch, Tensor y)
    {
        Batch(cache, layer, batch);
        var channels = cache.Shape.Heads * cache.Shape.HeadLength;
        if (q.Rows != batch.Count || q.Columns == 0 || q.Columns % channels != 0 || !Same(q, y))
        {
            throw Misfit($"Attention: q {q}, y {y}, {batch.Count} tokens, {cache.Shape}");
        }

        Apart(y, q, "Attention: y and q");
    }

    public static void CopyPage(KeyValueCache cache, int source, int target)
    {
        Page(cache, source);
        Page(cache, target);
        if (source == target)
        {
            throw new ArgumentException($"CopyPage: page {source} can't be copied to page {target}, which is the same");
        }
    }

    public static void Page(KeyValueCache cache, int page)
    {
        if ((uint)page >= (uint)cache.Pages)
        {
            throw new ArgumentOutOfRangeException(nameof(page), page, $"the cache has {cache.Pages} pages");
        }
    }

    public static void PageImage(KeyValueCache cache, int page, int positions, int bytes)
    {
        Page(cache, page);
        if (cache.Shape.ImageBytes(positions) is var length && bytes != length)
        {
            throw new ArgumentException($"an image of {positions} positions has {length} bytes, not {bytes}, in {cache.Shape}");
        }
    }

    private static void Batch(KeyValueCache cache, int layer, Batch batch)
    {
        if ((uint)layer >= (uint)cache.Shape.Layers)
        {
            throw new ArgumentOutOfRangeException(nameof(layer), layer, $"the cache has {cache.Shape.Layers} layers");
        }

        for (var t = 0; t < batch.Count; t++)
        {
            // A sequence's tokens stand side by side and ascend: its last one reads all pages that the others read.
            if (t + 1 == batch.Count || batch.Tables[t + 1] != batch.Tables[t])
            {
                Pages(cache, batch.Tables[t].Pages, batch.Positions[t]);
            }
        }
    }

    private static void Pages(KeyValueCache cache, ReadOnlySpan<int> pages, int position)
    {
        var count = cache.Shape.Pages(position + 1);
        if (count > pages.Length || pages[..count].ContainsAnyExceptInRange(0, cache.Pages - 1))
        {
            throw new ArgumentException($"positions up to {position} have no pages in a cache of {cache.Pages}");
        }
    }

    /// <summary>A kernel that writes what another of its threads reads would give other bits with other threads.</summary>
    private static void Apart(Tensor a, Tensor b, string what)
    {
        if (a.Overlaps(b))
        {
            throw new ArgumentException($"{what} must not share memory");
        }
    }

    private static void SameOrApart(Tensor a, Tensor b, string what)
    {
        if (!a.IsSameAs(b))
        {
            Apart(a, b, what);
        }
    }

    private static void Indices(ReadOnlySpan<int> indices, int end, string what)
    {
        foreach (var index in indices)
        {
            if ((uint)index >= (uint)end)
            {
                throw new ArgumentOutOfRangeException(nameof(indices), index, $"{what} must be 0 to {end - 1}");
            }
        }
    }

    private static bool Same(Tensor a, Tensor b) => a.Rows == b.Rows && a.Columns == b.Columns;

    private static string Text(object? operand) => operand?.ToString() ?? "none";

    private static ArgumentException Misfit(string shapes) => new($"these shapes don't fit each other in {shapes}");
}
