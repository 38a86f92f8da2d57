using Roost.Rpc;

namespace Roost.Services.Storage;

/// <summary>What can be asked about where the data is.</summary>
public sealed record StorageApi(Service<MeasureSpace, PartSpace[]> Space);

/// <summary>What the parts of the data directory take on the disk, the largest first. Looks at every file.</summary>
public sealed record MeasureSpace;

/// <param name="Part">A database with what belongs to it, or a folder, by its name: <c>users.db</c>,
/// <c>media</c>.</param>
public readonly record struct PartSpace(string Part, long Bytes);
