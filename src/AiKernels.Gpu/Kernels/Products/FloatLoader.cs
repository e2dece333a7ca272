using AiKernels.Formats;
using AiKernels.Gpu.Kernels.Device;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Products;

/// <summary>
/// A thread that brings its share of each stage of a panel and of some tokens' inputs into shared memory: four parts of a
/// block of sixteen inputs, and one or two inputs of every token.
/// </summary>
/// <typeparam name="TElement">The weight's format.</typeparam>
internal readonly struct FloatLoader<TElement>
    where TElement : unmanaged, IFloatFormat<TElement>
{
    private const int BatchTokens = 4;

    private readonly DeviceMatrix _x;
    private readonly ArrayView<Int4> _panel;
    private readonly int _existing, _tokens, _columns, _thread, _loaders, _k, _part, _place;

    /// <param name="x">x [T,K], from the group's first token on.</param>
    /// <param name="left">Tokens from there on.</param>
    /// <param name="tokens">Tokens of a group.</param>
    /// <param name="panel">The panel's parts.</param>
    /// <param name="columns">K.</param>
    /// <param name="thread">Which loader it is.</param>
    /// <param name="loaders">How many there are.</param>
    public FloatLoader(DeviceMatrix x, int left, int tokens, ArrayView<Int4> panel, int columns, int thread, int loaders)
    {
        (_x, _panel, _columns, _thread, _loaders) = (x, panel, columns, thread, loaders);
        (_existing, _tokens) = (IntrinsicMath.Min(left, tokens), tokens);

        // Parts of a block lie side by side, and so do those who load them.
        var (block, share) = (thread / BlockThreads, thread & (BlockThreads - 1));
        var step = share / DeviceFloats<TElement>.Parts;
        (_k, _part) = ((block * FloatBlock.Length) + step, share & (DeviceFloats<TElement>.Parts - 1));
        _place = (block * FloatBlock.PanelQuads) + FloatBlock.Place(step, _part * (PanelLayout.Rows / DeviceFloats<TElement>.Parts));
    }

    /// <summary>Threads that load a block.</summary>
    public static int BlockThreads => 4 * DeviceFloats<TElement>.Parts;

    /// <summary>The weights of the stage that begins at an input.</summary>
    public FloatSteps Load(int start) => FloatSteps.Load<TElement>(_panel, _columns, start + _k, _part);

    /// <summary>Fills a stage, whose weights have been loaded; gives those of the stage after the next.</summary>
    /// <param name="stage">Shared memory.</param>
    /// <param name="steps">The weights.</param>
    /// <param name="start">The stage's first input.</param>
    public FloatSteps Fill(FloatStage stage, FloatSteps steps, int start)
    {
        // What takes its time is asked for before anything is waited for.
        var inputs = Inputs(0, start);
        var second = DeviceFloats<TElement>.Parts == 2 ? Inputs(0, start + _loaders) : default;
        steps.Store<TElement>(stage.Weights.SubView(_place));
        var next = Load(start + (2 * stage.Length));
        Store(stage, 0, _thread, inputs);
        if (DeviceFloats<TElement>.Parts == 2)
        {
            Store(stage, 0, _thread + _loaders, second);
        }

        for (var token = BatchTokens; token < _tokens; token += BatchTokens)
        {
            inputs = Inputs(token, start);
            second = DeviceFloats<TElement>.Parts == 2 ? Inputs(token, start + _loaders) : default;
            Store(stage, token, _thread, inputs);
            if (DeviceFloats<TElement>.Parts == 2)
            {
                Store(stage, token, _thread + _loaders, second);
            }
        }

        return next;
    }

    /// <summary>Four tokens' inputs; 0 where there are none.</summary>
    private Float4 Inputs(int token, int start) => _x.Four(token, 1, _existing, start + _thread, _columns);

    private void Store(FloatStage stage, int token, int k, Float4 inputs)
    {
        stage.Put(token, k, inputs.X);
        if (token + 1 < _tokens)
        {
            stage.Put(token + 1, k, inputs.Y);
        }

        if (token + 2 < _tokens)
        {
            stage.Put(token + 2, k, inputs.Z);
        }

        if (token + 3 < _tokens)
        {
            stage.Put(token + 3, k, inputs.W);
        }
    }
}
