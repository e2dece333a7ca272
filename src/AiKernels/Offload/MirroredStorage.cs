namespace AiKernels.Offload;

/// <summary>
/// Floats in the memory of two backends. An operation leaves its result on one side, and what only that side has is an
/// interval, which goes over as a whole when the other side needs any of it.
/// </summary>
/// <remarks>
/// One side is right everywhere (<see cref="Newer"/>), the other outside of the interval. So what is known is always two
/// numbers, whatever views operations take: a step's tensors are one interval of a workspace, its first rows.
/// </remarks>
internal sealed class MirroredStorage(OffloadBackend backend, TensorStorage host, TensorStorage device) : TensorStorage
{
    private long _start, _end;

    public override IBackend Backend => backend;

    public override long Length => host.Length;

    /// <summary>The side that is right everywhere.</summary>
    public Side Newer { get; private set; }

    /// <summary>A view on one side, where it has been brought up to date.</summary>
    public Tensor Input(Tensor x, Side side)
    {
        if (side != Newer && x.Offset < _end && _start < x.End)
        {
            Settle();
        }

        return On(x, side);
    }

    /// <summary>A view on one side that an operation there is about to write, or to change.</summary>
    /// <param name="x">The view; all of it will be written.</param>
    /// <param name="side">Where.</param>
    /// <param name="isChanged">Whether the operation also reads what was there.</param>
    public Tensor Output(Tensor x, Side side, bool isChanged = false)
    {
        if (x.Rows == 0 || x.Columns == 0)
        {
            return On(x, side);
        }

        if (side != Newer && (isChanged || !Replaces(x)))
        {
            Settle();
        }

        var isAlone = side != Newer || _start == _end;
        (_start, _end) = isAlone ? (x.Offset, x.End) : (Math.Min(_start, x.Offset), Math.Max(_end, x.End));
        Newer = side;
        return On(x, side);
    }

    /// <summary>Both views, after both were written the same.</summary>
    public void WrittenTwice(Tensor x)
    {
        if (Replaces(x))
        {
            _start = _end;
        }
    }

    /// <summary>A view on one side, whatever is there.</summary>
    public Tensor On(Tensor x, Side side) => x.In(Part(side));

    protected override void Free()
    {
        host.Dispose();
        device.Dispose();
    }

    /// <summary>Whether writing the view leaves nothing of the interval as it was.</summary>
    private bool Replaces(Tensor x) =>
        x.Offset <= _start && _end <= x.End && (x.RowStride == x.Columns || x.Rows == 1);

    /// <summary>Copies the interval to the side that lacks it.</summary>
    private void Settle()
    {
        backend.Copy(Part(Newer), Part(Newer == Side.Host ? Side.Device : Side.Host), _start, _end);
        _start = _end;
    }

    private TensorStorage Part(Side side) => side == Side.Host ? host : device;
}
