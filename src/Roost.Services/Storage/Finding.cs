namespace Roost.Services.Storage;

/// <summary>Something that an offline check found wrong.</summary>
/// <param name="Where">The file, and the place in it.</param>
/// <param name="What">A sentence for the operator: what is there, and what should be.</param>
/// <param name="CanRepair">Whether a repair can rebuild it from what is whole; else only a backup helps.</param>
public sealed record Finding(string Where, string What, bool CanRepair);
