using AiKernels.Cache;
using AiKernels.Formats;

namespace AiKernels.Gpu.Benchmarks.Timing;

/// <summary>
/// A backend that can tell what the device's time went to, operation by operation. The inner one is a GPU's, which holds
/// norms of whole rows and turning until the operation after them: they count together.
/// </summary>
internal sealed class ProfiledBackend(IBackend inner, DeviceClock clock) : IBackend
{
    private readonly List<(string Operation, long Mark)> _marks = [];
    private bool _isOn, _isHeld;

    public string Description => inner.Description;

    /// <summary>Notes operations from now on.</summary>
    public void Begin()
    {
        clock.Reset();
        _marks.Clear();
        (_isOn, _isHeld) = (true, false);
    }

    /// <summary>Ends noting; the device need not be done yet.</summary>
    public void End()
    {
        _isHeld = false;
        Mark("");
        _isOn = false;
    }

    /// <summary>How often each operation ran and how long it took in all, the longest first. The device must be done.</summary>
    public IReadOnlyList<(string Operation, int Count, double Seconds)> Summary() =>
    [
        .. Enumerable.Range(0, _marks.Count - 1)
            .Select(i => (_marks[i].Operation, Seconds: clock.Seconds(_marks[i].Mark, _marks[i + 1].Mark)))
            .GroupBy(one => one.Operation)
            .Select(same => (same.Key, same.Count(), same.Sum(one => one.Seconds)))
            .OrderByDescending(operation => operation.Item3),
    ];

    public Tensor Allocate(int rows, int columns) => inner.Allocate(rows, columns);

    public Weight AllocateWeight(GgmlType type, int rows, int columns, int layer = 0) => inner.AllocateWeight(type, rows, columns, layer);

    public long WeightBytes(GgmlType type, int rows, int columns, int layer = 0) => inner.WeightBytes(type, rows, columns, layer);

    public void Upload(Weight weight, int firstRow, ReadOnlySpan<byte> rows) => inner.Upload(weight, firstRow, rows);

    public KeyValueCache AllocateCache(KeyValueShape shape, int pages) => inner.AllocateCache(shape, pages);

    public void CopyPage(KeyValueCache cache, int source, int target)
    {
        Mark("copy a page");
        inner.CopyPage(cache, source, target);
    }

    public void ClearPage(KeyValueCache cache, int page)
    {
        Mark("clear a page");
        inner.ClearPage(cache, page);
    }

    public void ReadPage(KeyValueCache cache, int page, int positions, Span<byte> image)
    {
        Mark("read a page");
        inner.ReadPage(cache, page, positions, image);
    }

    public void WritePage(KeyValueCache cache, int page, int positions, ReadOnlySpan<byte> image)
    {
        Mark("write a page");
        inner.WritePage(cache, page, positions, image);
    }

    public void Write(Tensor x, ReadOnlySpan<float> values)
    {
        Mark("write");
        inner.Write(x, values);
    }

    public void Read(Tensor x, Span<float> values)
    {
        Mark("read");
        inner.Read(x, values);
    }

    public void ReadLargest(Tensor x, Span<RankedValue> largest)
    {
        Mark("read the largest");
        inner.ReadLargest(x, largest);
    }

    public void Embed(Weight table, ReadOnlySpan<int> tokens, Tensor y)
    {
        Mark("embed");
        inner.Embed(table, tokens, y);
    }

    public void Gather(Tensor x, ReadOnlySpan<int> rows, Tensor y)
    {
        Mark("gather");
        inner.Gather(x, rows, y);
    }

    public void RmsNorm(Tensor x, Tensor gain, float epsilon, Tensor y)
    {
        Mark("norm", isHeld: gain.Columns == x.Columns);
        inner.RmsNorm(x, gain, epsilon, y);
    }

    public void MatMul(Tensor x, params ReadOnlySpan<Projection> projections)
    {
        Mark(_isOn ? Name(projections) : "");
        inner.MatMul(x, projections);
    }

    public void Rope(Tensor x, int headLength, RopePairing pairing, Tensor rotation)
    {
        Mark("turning", isHeld: true);
        inner.Rope(x, headLength, pairing, rotation);
    }

    public void HadamardTransform(Tensor x, int headLength)
    {
        Mark("Hadamard transform", isHeld: true);
        inner.HadamardTransform(x, headLength);
    }

    public void Store(KeyValueCache cache, int layer, Batch batch, Tensor keys, Tensor values)
    {
        Mark("store");
        inner.Store(cache, layer, batch, keys, values);
    }

    public void Attention(Tensor q, KeyValueCache cache, int layer, Batch batch, float scale, Tensor y)
    {
        Mark("attention");
        inner.Attention(q, cache, layer, batch, scale, y);
    }

    public void Dispose() => inner.Dispose();

    private static string Name(ReadOnlySpan<Projection> projections)
    {
        var weights = new List<string>();
        foreach (var projection in projections)
        {
            weights.Add($"{(projection.Gate is null ? "" : "2 x ")}{projection.Weight.Rows} {projection.Weight.Type}");
        }

        return $"product {string.Join(" + ", weights)}, of {projections[0].Weight.Columns}";
    }

    /// <summary>Notes an operation: a new one, unless one before it was held.</summary>
    private void Mark(string operation, bool isHeld = false)
    {
        if (!_isOn)
        {
            return;
        }

        if (!_isHeld)
        {
            _marks.Add((operation, clock.Mark()));
        }
        else if (_marks[^1].Operation is var before && !before.EndsWith(operation, StringComparison.Ordinal)) // Queries and keys are both turned.
        {
            _marks[^1] = _marks[^1] with { Operation = $"{before} and {operation}" };
        }

        _isHeld = isHeld;
    }
}
