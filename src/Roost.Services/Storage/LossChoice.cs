namespace Roost.Services.Storage;

/// <summary>What a check does about acknowledged data that cannot be read any more.</summary>
public enum LossChoice
{
    /// <summary>It stays damaged: a backup may bring it back.</summary>
    Refuse,

    /// <summary>Nothing is changed; what would be lost is told.</summary>
    Tell,

    /// <summary>It is given up, so that all else can be served again; what was damaged is kept aside.</summary>
    Accept,
}
