namespace AiKernels.Runtime.Chat.Reading;

/// <summary>How far reading came.</summary>
internal enum Progress
{
    /// <summary>More text decides.</summary>
    NeedsMore,

    /// <summary>It is whole.</summary>
    Done,

    /// <summary>It can't become what it should be.</summary>
    Broken,
}

/// <summary>
/// Reads a piece of a call, from where the last time ended. Where it stops doesn't depend on how the text was cut, since that
/// decides what is read again.
/// </summary>
internal interface IPieceReader
{
    /// <param name="text">What has come; what was read is passed over.</param>
    Progress Read(PendingText text);
}
