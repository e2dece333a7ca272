namespace AiKernels.Gpu.Benchmarks.Reports;

/// <summary>What a run gave so far.</summary>
internal sealed class Results
{
    /// <summary>The device, for people.</summary>
    public string Device { get; set; } = "";

    public List<Measurement> Measurements { get; init; } = [];

    public List<ProfileEntry> Profile { get; init; } = [];

    /// <summary>Sentences on what was done, or what stood in the way.</summary>
    public List<string> Notes { get; init; } = [];

    /// <summary>Parts that failed.</summary>
    public List<string> Failures { get; init; } = [];

    /// <summary>The fastest way there is through the device's memory.</summary>
    internal Measurement? Roofline => Measurements.Where(one => one.Part == Part.Bandwidth).MaxBy(one => one.BytesPerSecond);

    /// <summary>Bytes per second that the device's memory gives at most.</summary>
    internal double? Bandwidth => Roofline?.BytesPerSecond;

    /// <summary>All half-precision products of a prompt, by cuBLAS; null where it did not come so far.</summary>
    internal Measurement? Peer => Measurements.Find(one => one.IsPeer);

    /// <summary>Adds what another process found out.</summary>
    public void Add(Results others, string name)
    {
        Device = others.Device.Length > 0 ? others.Device : Device;
        Measurements.AddRange(others.Measurements);
        Profile.AddRange(others.Profile);
        Notes.AddRange(others.Notes);
        Failures.AddRange(others.Failures.Select(failure => $"{name}: {failure}"));
    }
}
