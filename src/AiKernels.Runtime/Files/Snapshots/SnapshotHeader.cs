using System.Text;
using AiKernels.Cache;
using AiKernels.Numerics;
using AiKernels.Runtime.Engine;

namespace AiKernels.Runtime.Files.Snapshots;

/// <summary>What a snapshot of a conversation holds, beside the images of its pages.</summary>
public sealed record SnapshotHeader
{
    internal const int MostHashBytes = 256;

    /// <summary>The model that its keys and values are of: <see cref="LanguageModel.Hash"/>.</summary>
    public required string ModelHash { get; init; }

    /// <summary>The arithmetic that they were computed by.</summary>
    public int NumericsVersion { get; init; } = Numerics.NumericsVersion.Current;

    /// <summary>How they are stored.</summary>
    public required KeyValueShape Shape { get; init; }

    /// <summary>The conversation.</summary>
    public required ReadOnlyMemory<int> Tokens { get; init; }

    /// <summary>Of how many of the first tokens there are keys and values; those of the others have to be computed again.</summary>
    public int Positions { get; init; }

    /// <summary>
    /// How it goes on: <see cref="GenerationOptions.Sampling"/>, <see cref="GenerationOptions.MaxTokens"/>,
    /// <see cref="GenerationOptions.StopStrings"/>, <see cref="GenerationOptions.IgnoreEnd"/> and
    /// <see cref="GenerationOptions.LogProbabilities"/> are kept. The others are a request's, not a conversation's, and
    /// come back as their defaults; who asks, above all, is for the host to know.
    /// </summary>
    public GenerationOptions Options { get; init; } = new();

    /// <summary>Some bytes of the host's own.</summary>
    public ReadOnlyMemory<byte> Tag { get; init; }

    /// <summary>How many images there are: of each page of <see cref="Positions"/>, the last one perhaps of a page's beginning.</summary>
    public int Images => Shape.Pages(Positions);

    /// <summary>The positions that an image has.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    public int ImagePositions(int image)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)image, (uint)Images, nameof(image));
        return (int)Math.Min(Shape.PageLength, Positions - ((long)image * Shape.PageLength));
    }

    /// <summary>The bytes of an image, see <see cref="IBackend.ReadPage"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    public int ImageBytes(int image) => (int)Shape.ImageBytes(ImagePositions(image));

    /// <summary>Where an image begins, counted from the first; behind the last one, where all of them end.</summary>
    internal long ImageOffset(int image) => image < Images
        ? checked(image * Shape.ImageBytes(Shape.PageLength))
        : Images == 0 ? 0 : checked(ImageOffset(Images - 1) + Shape.ImageBytes(ImagePositions(Images - 1)));

    /// <summary>Checks that it can be kept.</summary>
    /// <exception cref="ArgumentException">It can't; the message says why.</exception>
    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Shape);
        ArgumentNullException.ThrowIfNull(Options);
        ArgumentException.ThrowIfNullOrEmpty(ModelHash);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Encoding.UTF8.GetByteCount(ModelHash), MostHashBytes, nameof(ModelHash));
        ArgumentOutOfRangeException.ThrowIfNegative(NumericsVersion);
        ArgumentOutOfRangeException.ThrowIfNegative(Positions);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Positions, Tokens.Length);
        foreach (var token in Tokens.Span)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(token, nameof(Tokens));
        }

        Shape.Validate();
        Options.Validate();
        if (!IsSmallEnough())
        {
            throw new ArgumentException($"{Positions} positions of {Shape} are too large: an image has at most {Array.MaxLength} bytes");
        }
    }

    private bool IsSmallEnough()
    {
        try
        {
            return Shape.ImageBytes(Shape.PageLength) <= Array.MaxLength && ImageOffset(Images) >= 0;
        }
        catch (OverflowException)
        {
            return false;
        }
    }
}
