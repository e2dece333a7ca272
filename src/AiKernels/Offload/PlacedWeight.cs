namespace AiKernels.Offload;

/// <summary>A weight on one of two backends.</summary>
internal sealed class PlacedWeight(OffloadBackend backend, Weight weight, Side side) : Weight(weight.Type, weight.Rows, weight.Columns)
{
    public override IBackend Backend => backend;

    public override long ByteLength => weight.ByteLength;

    /// <summary>Where it is.</summary>
    public Side Side => side;

    /// <summary>The backend's own handle.</summary>
    public Weight Placed => weight;

    protected override void Free() => weight.Dispose();
}
