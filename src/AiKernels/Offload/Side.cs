namespace AiKernels.Offload;

/// <summary>Which of two backends.</summary>
internal enum Side
{
    /// <summary>The one that has the first layers.</summary>
    Host,

    /// <summary>The one that has the others.</summary>
    Device,
}
