namespace AiKernels.Offload;

/// <summary>
/// Floats in the memory of two backends. An operation leaves its result on one side; the other lacks it until an operation
/// there reads it, and then it goes over.
/// </summary>
/// <remarks>
/// What a side lacks is one interval, and what one side lacks the other has. So the bookkeeping is four numbers, whatever
/// views operations take: a step's tensors are the first rows of a workspace, and what a longer step before it has left in
/// the rows behind them never goes anywhere.
/// </remarks>
internal sealed class MirroredStorage(OffloadBackend backend, TensorStorage host, TensorStorage device) : TensorStorage
{
    private Interval _hostLacks, _deviceLacks;
    private Side _last;

    public override IBackend Backend => backend;

    public override long Length => host.Length;

    /// <summary>The side where nothing of a view is lacking; where neither lacks any, the one that was written last.</summary>
    public Side SideOf(Tensor x) =>
        _hostLacks.Meets(Interval.Of(x)) ? Side.Device : _deviceLacks.Meets(Interval.Of(x)) ? Side.Host : _last;

    /// <summary>A view on one side, where nothing of it is lacking any more.</summary>
    public Tensor Input(Tensor x, Side side)
    {
        ref var lacks = ref Lacks(side);
        if (lacks.Meets(Interval.Of(x)))
        {
            // Whatever a side can do without stays where it is, if what is left is one interval.
            var wanted = lacks.Common(Interval.Of(x));
            wanted = lacks.Without(wanted) is null ? lacks : wanted;
            backend.Copy(Part(Other(side)), Part(side), wanted.Start, wanted.End);
            lacks = lacks.Without(wanted) ?? default;
        }

        return On(x, side);
    }

    /// <summary>
    /// A view on one side, all of which an operation there is about to write: what it doesn't replace has gone over. That it
    /// was written is only noted afterwards (<see cref="Written"/>): an operation that is refused leaves what was there.
    /// </summary>
    public Tensor Output(Tensor x, Side side)
    {
        if (IsWhole(x) ? Lacks(side).Without(Interval.Of(x)) is null : Lacks(side).Meets(Interval.Of(x)))
        {
            Input(x, side);
        }

        return On(x, side);
    }

    /// <summary>Notes that an operation on one side has written a view.</summary>
    public void Written(Tensor x, Side side)
    {
        if (x.Rows > 0 && x.Columns > 0)
        {
            var (left, hull) = (Lacks(side).Without(Interval.Of(x)) ?? default, Lacks(Other(side)).Hull(Interval.Of(x)));
            if (left.Meets(hull))
            {
                backend.Copy(Part(Other(side)), Part(side), left.Start, left.End); // Or both would lack it.
                left = default;
            }

            (Lacks(side), Lacks(Other(side)), _last) = (left, hull, side);
        }
    }

    /// <summary>Brings a view to one side, as if it had been written there.</summary>
    public void Move(Tensor x, Side side)
    {
        Input(x, side);
        _last = side;
    }

    /// <summary>Notes that both sides have been written the same.</summary>
    public void WrittenTwice(Tensor x)
    {
        if (IsWhole(x))
        {
            _hostLacks = _hostLacks.Without(Interval.Of(x)) ?? _hostLacks;
            _deviceLacks = _deviceLacks.Without(Interval.Of(x)) ?? _deviceLacks;
        }
    }

    /// <summary>A view on one side, whatever is there.</summary>
    public Tensor On(Tensor x, Side side) => x.In(Part(side));

    protected override void Free()
    {
        try
        {
            device.Dispose();
        }
        finally
        {
            host.Dispose();
        }
    }

    /// <summary>Whether a view has every float from its first to its last.</summary>
    private static bool IsWhole(Tensor x) => x.RowStride == x.Columns || x.Rows == 1;

    private static Side Other(Side side) => side == Side.Host ? Side.Device : Side.Host;

    private ref Interval Lacks(Side side) => ref side == Side.Host ? ref _hostLacks : ref _deviceLacks;

    private TensorStorage Part(Side side) => side == Side.Host ? host : device;
}
